using Federation.Storage;

namespace Federation.Grains.Objects;

/// <summary>Finds the store's complaint in what an engine wrapped around it.</summary>
internal static class StoreFailure
{
    public static StoreUnavailableException? Find(Exception? exception)
    {
        for (; exception is not null; exception = exception.InnerException)
        {
            if (exception is StoreUnavailableException failure)
                return failure;
        }

        return null;
    }
}
