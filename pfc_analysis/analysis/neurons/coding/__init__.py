"""Which task variables does each unit code?"""
