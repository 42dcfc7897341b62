"""The whole product as local processes: what is started, in which order, watched by whom, kept where."""
