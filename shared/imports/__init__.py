"""Tables that come in whole: uploaded, taken in chunks of rows, followed while they run, and given back with what was wrong. What
a row means is the services'."""
