// The viewer's language. The server puts a translation's own words in this file's place (cnnlab/ui/shared/scripts.py).

export const LANGUAGE = "en";

// English texts with their translations; a list of forms for those that have a plural.
export const WORDS = {};

// Which of the forms so many take.
export const formOf = (n) => n !== 1;
