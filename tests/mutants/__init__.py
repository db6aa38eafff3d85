"""Put in plausible bugs of one line, one after another: which of them do a room's tests see?"""
