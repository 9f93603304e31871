extension Notice {
    /// Both digests and the link to sign in, with everything in them.
    static func completeDigestSamples(link: String, now: Int64) -> [Notice] {
        let hour: Int64 = 3_600_000
        return [
            .customerDigest(
                CustomerDigest(
                    customerName: "Ada Lovelace",
                    entries: [
                        .init(title: "Your balance is low: 4.5 credits left", at: now - 5 * hour),
                        .init(title: "Your usage has reached €100.00", at: now - 3 * hour),
                        .init(title: "Your balance is back at 120.5 credits", at: now - hour),
                    ],
                    more: 2,
                    billingURL: link
                )
            ),
            .signInLink(
                SignInLink(
                    customerName: "Ada Lovelace",
                    url: "https://billing.example.com/s/token",
                    goodFor: .seconds(15 * 60)
                )
            ),
            .operatorDigest(Self.completeOperatorDigest(now: now)),
        ]
    }

    private static func completeOperatorDigest(now: Int64) -> OperatorDigest {
        let minute: Int64 = 60_000
        let page = "https://billing.example.com/admin"
        return OperatorDigest(
            groups: [
                .init(
                    title: "Usage events that Lago refused",
                    count: 12,
                    entries: [
                        .init(
                            text: "customer cust_1: the code api_calls is unknown",
                            at: now - 2 * minute,
                            link: "\(page)/events/1"
                        ),
                        .init(
                            text: "customer cust_7: the timestamp lies in the future",
                            at: now - 5 * minute,
                            link: "\(page)/events/2"
                        ),
                    ]
                ),
                .init(
                    title: "Jobs that were given up",
                    count: 1,
                    entries: [
                        .init(
                            text: "mail to ada@example.com: gave up after 12 attempts: 452 4.2.2 mailbox full",
                            at: now - 9 * minute,
                            link: "\(page)/jobs/3"
                        )
                    ]
                ),
                .init(
                    title: "Dunning campaigns that ended unpaid",
                    count: 2,
                    entries: [
                        .init(text: "customer cust_9: €240.00 are open", at: now - 11 * minute),
                        .init(text: "customer cust_12: €35.50 are open", at: now - 12 * minute),
                    ]
                ),
            ],
            since: now - 15 * minute,
            link: page
        )
    }

    /// The same with the least.
    static func bareDigestSamples(link: String, now: Int64) -> [Notice] {
        [
            .customerDigest(
                CustomerDigest(
                    customerName: nil,
                    entries: [.init(title: "Your balance is low: 4.5 credits left", at: now)],
                    billingURL: link
                )
            ),
            .signInLink(
                SignInLink(customerName: nil, url: "https://billing.example.com/s/token", goodFor: .seconds(3_600))
            ),
            .operatorDigest(
                OperatorDigest(
                    groups: [
                        .init(
                            title: "Payment provider errors",
                            count: 1,
                            entries: [.init(text: "customer cust_1: the provider does not answer", at: now)]
                        )
                    ],
                    since: now
                )
            ),
        ]
    }
}
