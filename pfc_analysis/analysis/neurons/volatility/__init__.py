"""Do units say how volatile the world is?"""
