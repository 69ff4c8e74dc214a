// The viewer's language. For other languages the server generates this file (cnnlab/ui/shared/scripts.py).

export const LANGUAGE = "en";

// English texts with their translations; a list of forms for those that have a plural.
export const WORDS = {};

// The index of the plural form for a number.
export const formOf = (n) => n !== 1;
