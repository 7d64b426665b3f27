"""What happens on the recipes page: a recipe opened as a draft in the browser, changed, saved and looked into."""
