import ArgumentParser
import Foundation
import Mail
import Notices
import Settings
import Store

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check the settings and the store without starting anything.",
        discussion: "Exit code 0 when a server would start with all its parts, 1 otherwise."
    )

    @OptionGroup var settings: SettingsOptions
    @OptionGroup var output: OutputOptions

    func run() async throws {
        try await reportingFailures {
            var findings: [Finding] = []
            do {
                let settings = try await self.settings.load()
                findings += settings.missing.map(Finding.init(problem:))
                if findings.isEmpty { findings.append(Finding(part: "settings", isGood: true, message: "complete")) }
                findings.append(await Self.checkStore(settings.server.databasePath))
                findings.append(try Self.checkTemplates(settings.mail))
                if let signer = try DKIMSigner(settings: settings.mail, now: currentMilliseconds) {
                    let message = "mails are signed for \(signer.domain); the DNS must have: \(signer.record)"
                    findings.append(Finding(part: "dkim", isGood: true, message: message))
                }
            } catch let error as SettingsError {
                findings += error.problems.map(Finding.init(problem:))
            }
            try Output.print(findings, json: self.output.json)
            if findings.contains(where: { !$0.isGood }) { throw ExitCode.failure }
        }
    }

    private static func checkTemplates(_ settings: MailSettings) throws -> Finding {
        do {
            _ = try MailParts(settings: settings)
            return Finding(part: "templates", isGood: true, message: "every notice renders in every locale")
        } catch let error as TemplateError {
            return Finding(part: "templates", isGood: false, message: "\(error)")
        }
    }

    private static func checkStore(_ path: String) async -> Finding {
        do {
            let store = try Store(path: path, access: .command)
            try await store.checkWritable()
            return Finding(part: "store", isGood: true, message: "\(path) can be written")
        } catch StoreError.missing {
            return self.checkFolder(of: path)
        } catch StoreError.olderSchema {
            return Finding(part: "store", isGood: true, message: "\(path) will be migrated by the next start")
        } catch {
            return Finding(part: "store", isGood: false, message: "\(error)")
        }
    }

    /// A store that is not there yet is made by the first start, if its folder can be written or made.
    private static func checkFolder(of path: String) -> Finding {
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" {
            folder.deleteLastPathComponent()
        }
        let isFolder = (try? folder.resourceValues(forKeys: [.isDirectoryKey]).isDirectory) == true
        guard isFolder, FileManager.default.isWritableFile(atPath: folder.path) else {
            return Finding(
                part: "store",
                isGood: false,
                message: "\(path) is not there, and \(folder.path) cannot be written; set DATABASE_URL"
            )
        }
        return Finding(part: "store", isGood: true, message: "\(path) will be made by the first start")
    }
}

/// One thing that was checked.
private struct Finding: Output.Row {
    let part: String
    let isGood: Bool
    let message: String

    init(part: String, isGood: Bool, message: String) {
        self.part = part
        self.isGood = isGood
        self.message = message
    }

    init(problem: SettingsProblem) {
        self.init(part: "settings", isGood: false, message: problem.description)
    }

    static let columns = ["PART", "RESULT", "MESSAGE"]
    var cells: [String] { [self.part, self.isGood ? "ok" : "error", self.message] }

    private enum CodingKeys: String, CodingKey {
        case part, isGood = "ok", message
    }
}
