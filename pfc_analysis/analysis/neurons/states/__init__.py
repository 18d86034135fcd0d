"""Along which directions does a population vary, and how are its states ordered?"""
