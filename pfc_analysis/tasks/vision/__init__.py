"""Pictures for tasks: the room of Harlow's task, images from a folder, generated patterns."""
