"""What a reader and an exporter of one format agree on."""
