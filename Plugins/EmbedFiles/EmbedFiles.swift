import Foundation
import PackagePlugin

/// Compiles the files in a target's `Embedded` folder into the binary.
///
/// A target uses it by saying `exclude: ["Embedded"], plugins: ["EmbedFiles"]`, and then reads
/// `EmbeddedFiles.all["sub/folder/name.ext"]`. `Embedded` may be a symbolic link to a folder elsewhere in the package.
@main
struct EmbedFiles: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = target.directoryURL.appending(path: "Embedded").resolvingSymlinksInPath()
        let output = context.pluginWorkDirectoryURL.appending(path: "EmbeddedFiles.swift")
        return [
            .buildCommand(
                displayName: "Embedding files for \(target.name)",
                executable: try context.tool(named: "embed-files").url,
                arguments: [folder.path(), output.path()],
                inputFiles: try self.files(in: folder),
                outputFiles: [output]
            )
        ]
    }

    /// The regular, visible files below `folder`, so that a change to any of them runs the generator again.
    private func files(in folder: URL) throws -> [URL] {
        let keys: [URLResourceKey] = [.isRegularFileKey]
        guard
            let found = FileManager.default.enumerator(
                at: folder,
                includingPropertiesForKeys: keys,
                options: .skipsHiddenFiles
            )
        else { throw CocoaError(.fileReadNoSuchFile) }
        return try found.compactMap { $0 as? URL }
            .filter { try $0.resourceValues(forKeys: Set(keys)).isRegularFile == true }
            .sorted { $0.path() < $1.path() }
    }
}
