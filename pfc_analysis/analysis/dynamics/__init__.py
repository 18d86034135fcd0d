"""How the state of a network moves: fixed points, time constants and flow.

A network is seen as a map: it takes the state before a step or a trial to the state after it. What
is asked of such maps is the same for trained agents, fitted networks and systems of one's own.
"""
