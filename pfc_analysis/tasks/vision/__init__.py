"""What tasks show as pictures: the room of Harlow's task, images, patterns."""
