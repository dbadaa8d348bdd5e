"""The Streamlit frame around the pages: server, session, navigation and what pages are made of."""
