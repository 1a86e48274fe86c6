"""Entry point of web servers and of the `flask` command."""

from app import check_database_role, create_app

app = create_app()
check_database_role(app)
