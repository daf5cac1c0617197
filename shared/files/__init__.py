"""Content, the dict that is also its JSON, as a file: CSV, XLSX or PDF. Nothing is asked or counted here. What another process
needs to make a file is to be had without the HTTP edge: so nothing is gathered at this door."""
