//! Many runs of one plan, and paired comparison of several.
