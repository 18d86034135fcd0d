"""Reports that people open: pages, tables and figures of results, each page in one file."""
