"""What the centre's work costs: people's time by their rates, calls by the tariffs of their trunks.

    model.py    a rate and a tariff, which of them is valid on a day, and what a call costs by one
    costs.py    days of agents, stays, calls and sales become rows of cost
    legs.py     the fold of the journal: how long each call on a trunk was up
    pasted.py   lines copied from a table become rates or tariffs
    store.py    rates and tariffs as rows, and what costs are counted from
    service.py  setting them, taking them back, and the report

Start reading at `model.py`.
"""
