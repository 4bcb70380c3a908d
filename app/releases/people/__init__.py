"""What people may say and order, by comment, by link and by the command line, and who may."""
