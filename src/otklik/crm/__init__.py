"""Who the customers are and what we know: a card by the number they call from, and the outcome of each
interaction.

Written by `web`, one request in one transaction; the engine never reads it. Numbers stand in table `party`,
which the writer keeps; here is only the party's id. Every save of a card is kept in a history with who did
it. Start reading at `service.py`.
"""
