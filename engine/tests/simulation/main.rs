//! The simulation itself: that a seed is a history, that scripts are followed, and that what is wrong is noticed.

mod histories;
