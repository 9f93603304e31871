import Testing

@Suite struct MessageTests {}
