//! Drives the Cutover release engine: clock, timers, task runners, views, subscriptions.
