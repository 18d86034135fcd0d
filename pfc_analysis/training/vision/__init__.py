"""The compiled way for tasks that show pictures: see, play, and compute the gradient."""
