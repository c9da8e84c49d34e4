"""HTTP and web sockets: routes, schemas, sign-in, problem answers, the live feed, the phone's relay.

Everything that speaks to a browser or to another program stands here, and nothing else knows HTTP. A route
checks the sign-in and its declared right, converts what a stranger sent, calls one function of a room or
asks the engine, and converts the answer. It writes no journal and no facts.
Start reading at `app.py` (what is joined), then `sign_in.py` (who asks), then any file of `routes/`.
"""
