"""The report: the state of a mesh as plain data, and as a page, as Markdown and as text."""
