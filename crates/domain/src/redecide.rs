//! Re-deciding a log: from recorded events back to the inputs that they answered, and the same events again.
