"""The viewer: a server on this machine and one page that plays a movie and edits its recipe."""
