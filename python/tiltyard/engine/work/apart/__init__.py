"""What a server does before and after it imports the methods of one package."""
