"""Tables that people upload: read, handed out as templates, given back with what was wrong. What a row means is the services'."""
