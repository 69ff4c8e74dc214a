// The event on the window after which the lab has the drawing that this browser had stored.

export const REMINDED = "cnnlab-drawing";
