// ANCHOR: malloc
// ANCHOR_END: free
