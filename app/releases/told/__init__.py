"""What is told of releases: comments, the whole story, what is next, what differs from the file."""
