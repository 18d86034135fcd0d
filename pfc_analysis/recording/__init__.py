"""What was recorded, from agents and animals alike: schema, files, published numbers, data sets."""
