using System.Globalization;
using Federation.Storage.Schema;

namespace Federation.Storage.Sqlite;

/// <summary>Creates the store's tables in a new file and brings an older file up to date.</summary>
internal static class SqliteSchema
{
    // "Fed1": tells our files from other programs' SQLite files.
    private const long ApplicationId = 0x46656431;

    public static void Migrate(SqliteDatabase database, string path, Guid identityIfNew)
    {
        var sections = SchemaScript.Load("schema.sqlite.sql");
        database.Execute("BEGIN IMMEDIATE");
        try
        {
            var version = database.ReadNumber("PRAGMA user_version");
            if (version == 0 && database.ReadNumber("SELECT count(*) FROM sqlite_schema") > 0
                || version > 0 && database.ReadNumber("PRAGMA application_id") != ApplicationId)
                throw new StoreUnavailableException(StoreUnavailableReason.Failed, $"{path} is the database of another program.");
            if (version > sections.Count)
                throw new StoreUnavailableException(
                    StoreUnavailableReason.SchemaTooNew,
                    $"{path} has schema version {version}; this program knows up to {sections.Count}. Run the program that wrote it, or a newer one.");
            for (var next = (int)version; next < sections.Count; next++)
                database.Execute(sections[next]);
            if (version == 0)
                database.Execute($"PRAGMA application_id = {ApplicationId}; INSERT INTO store (id, identity) VALUES (1, '{identityIfNew:D}')");
            database.Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA user_version = {sections.Count}; COMMIT"));
        }
        catch
        {
            database.Rollback();
            throw;
        }
    }

    /// <summary>Makes a store that was put back the beginning of a new history, whose log has nothing but what exists.</summary>
    /// <param name="database">In a transaction.</param>
    /// <param name="identity">Of the new history.</param>
    /// <param name="atLeast">The highest revision that the old one is known to have reached.</param>
    public static void BeginHistory(SqliteDatabase database, Guid identity, long atLeast) => database.Execute(string.Create(
        CultureInfo.InvariantCulture,
        $"""
        DELETE FROM changes WHERE revision NOT IN (SELECT revision FROM objects);
        UPDATE store SET identity = '{identity:D}', revision = max(revision, {atLeast}) + {RestoreGap.Revisions};
        UPDATE store SET compacted_revision = revision, pruned_revision = revision;
        """));
}
