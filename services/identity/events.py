"""What identity hears: nothing. Enrollments come to it over HTTP, and everything else it knows from people."""

from shared.inbox import Subscriptions

SUBSCRIPTIONS: Subscriptions = {}
