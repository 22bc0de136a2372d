"""Tables as files of their own."""
