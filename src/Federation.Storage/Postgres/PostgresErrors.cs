using System.Net.Sockets;
using Npgsql;

namespace Federation.Storage.Postgres;

/// <summary>PostgreSQL's errors in the store's words. https://www.postgresql.org/docs/current/errcodes-appendix.html</summary>
internal static class PostgresErrors
{
    public static bool IsDatabaseError(Exception exception) => exception is NpgsqlException or SocketException or IOException or TimeoutException;

    public static StoreUnavailableException Translate(Exception exception) => exception switch
    {
        StoreUnavailableException known => known,
        PostgresException error => new StoreUnavailableException(
            Reason(error.SqlState), $"PostgreSQL: {Explain(Reason(error.SqlState))} ({error.SqlState}: {error.MessageText}).", exception),
        _ => new StoreUnavailableException(
            StoreUnavailableReason.Unreachable, $"PostgreSQL: {Explain(StoreUnavailableReason.Unreachable)} ({exception.Message}).", exception),
    };

    internal static StoreUnavailableReason Reason(string sqlState) => sqlState switch
    {
        PostgresErrorCodes.DiskFull => StoreUnavailableReason.DiskFull,
        PostgresErrorCodes.InsufficientPrivilege => StoreUnavailableReason.PermissionDenied,
        _ => sqlState[..2] switch
        {
            "28" => StoreUnavailableReason.PermissionDenied, // invalid authorization
            "08" or "57" => StoreUnavailableReason.Unreachable, // connection exception, operator intervention
            "58" or "XX" => StoreUnavailableReason.Damaged, // system error, data corrupted
            _ => StoreUnavailableReason.Failed,
        },
    };

    private static string Explain(StoreUnavailableReason reason) => reason switch
    {
        StoreUnavailableReason.DiskFull => "the server's disk is full",
        StoreUnavailableReason.PermissionDenied => "the server does not let this user in or do this",
        StoreUnavailableReason.Unreachable => "the server does not answer",
        StoreUnavailableReason.Damaged => "the server reports a damaged database or disk",
        _ => "the server refused",
    };
}
