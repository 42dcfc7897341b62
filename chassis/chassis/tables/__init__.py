"""Tables as people send and want them: CSV and XLSX, read and written row by row."""
