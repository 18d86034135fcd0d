"""What a subject chooses, and which past trials its choices depend on."""
