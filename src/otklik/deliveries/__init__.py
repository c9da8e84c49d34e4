"""Deliveries: words that leave the centre, by mail, messenger or webhook.

A way is how something leaves (a mail server, a bot, a webhook) with its secret; a receiver is where it goes
(an address or a chat, of a person or a team) with his quiet hours. Whoever has something to tell writes a
delivery in his own transaction; the process `courier` sends what is due, tries again with longer and longer
pauses, and writes down what the other side said. So nothing is lost with a process, and what was being sent
when one died is sent again: at least once.

Start reading at `model.py`, then `post_office.py`; how each kind of way is spoken to stands in
`channels/systems/`.
"""
