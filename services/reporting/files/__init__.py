"""What each report looks like on paper. How papers become files is in `shared/files/`; what another process needs for that is to
be had without the HTTP edge: so nothing is gathered at this door."""
