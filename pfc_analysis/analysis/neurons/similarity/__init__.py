"""How alike are the geometries of two populations, or of a population and features?"""
