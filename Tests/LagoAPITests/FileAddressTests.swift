import Testing

@testable import LagoAPI

/// Where files may be read from.
@Suite struct FileAddressTests {
    private func isAllowed(_ url: String, besideLagoAt lago: String) -> Bool {
        guard let target = FileAddress(url), let lago = FileAddress(lago) else { return false }
        return target.isAllowed(besideLagoAt: lago)
    }

    @Test(arguments: [
        "https://lago.example.com/rails/x", "https://s3.eu-west-1.amazonaws.com/bucket/x?sig=1", "https://8.8.8.8/x",
        "https://[2606:4700::1111]/x",
    ])
    func `a public Lago's files are read in public`(url: String) {
        #expect(self.isAllowed(url, besideLagoAt: "https://lago.example.com"))
    }

    @Test(arguments: [
        "http://s3.example.com/x", "https://localhost/x", "https://127.0.0.1/x", "https://10.1.2.3/x",
        "https://0.0.0.0/",
        "https://169.254.169.254/latest/meta-data", "https://192.168.1.1/", "https://172.20.0.5/",
        "https://100.64.1.1/",
        "https://[::1]/x", "https://[fd00::1]/x", "https://[fe80::1]/x", "https://[::ffff:10.0.0.1]/x",
        "https://2130706433/", "https://0x7f.1/", "https://127.1/", "file:///etc/passwd", "ftp://lago.example.com/",
        "x",
    ])
    func `no redirect of a public Lago leads inside`(url: String) {
        #expect(!self.isAllowed(url, besideLagoAt: "https://lago.example.com"))
    }

    @Test(arguments: ["http://minio:9000/x", "http://10.1.2.3:9000/x", "https://s3.example.com/x"])
    func `a storage stands beside a Lago in a private network`(url: String) {
        #expect(self.isAllowed(url, besideLagoAt: "http://lago:3000"))
        #expect(self.isAllowed(url, besideLagoAt: "https://10.0.0.2"))
    }
}
