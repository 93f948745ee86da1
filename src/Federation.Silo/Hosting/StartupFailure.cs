using System.Net.Sockets;
using Federation.Dns.Hosting;
using Federation.Storage;
using Microsoft.AspNetCore.Connections;

namespace Federation.Silo.Hosting;

/// <summary>Turns what can go wrong at the start into one sentence.</summary>
internal static class StartupFailure
{
    /// <returns>Null: not one of the expected failures; the exception itself has to be shown.</returns>
    public static string? Describe(Exception exception, SiloOptions? options)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case StartupException or NameServerStartException:
                    return cause.Message;
                case StoreUnavailableException store:
                    return OfStore(store, options);
                case AddressInUseException:
                    return $"Port {options?.Gateway.Port} on {options?.Gateway.Address} is already in use; stop what uses it or choose another one with --gateway.";
                case SocketException { SocketErrorCode: SocketError.AccessDenied }:
                    return $"Port {options?.Gateway.Port} needs a permission this process does not have; choose one above 1023 with --gateway.";
                case SocketException { SocketErrorCode: SocketError.AddressNotAvailable }:
                    return $"{options?.Gateway.Address} is not an address of this machine; choose another one with --gateway.";
                case UnauthorizedAccessException or DirectoryNotFoundException:
                case IOException when options is not null && !Directory.Exists(options.Data):
                    return $"{options?.Data} cannot be written: {cause.Message}";
            }
        }

        return null;
    }

    private static string OfStore(StoreUnavailableException store, SiloOptions? options) => (store.Reason, options?.Postgres) switch
    {
        (StoreUnavailableReason.InUse, null) => $"The data directory {options?.Data} is in use by another process; stop it or choose another one with --data.",
        (StoreUnavailableReason.PermissionDenied, null) => $"The data directory {options?.Data} cannot be written: {store.Message}",
        (StoreUnavailableReason.Unreachable, not null) => $"The database does not answer: {store.Message}",
        (_, null) => $"The store in {options?.Data} cannot be used: {store.Message}",
        _ => $"The database cannot be used: {store.Message}",
    };
}
