using Orleans.Runtime;

namespace Orleans.Runtime
{
    /// <summary>Base of the engine's own failures.</summary>
    public class OrleansException : Exception
    {
        public OrleansException()
        {
        }

        public OrleansException(string message)
            : base(message)
        {
        }

        public OrleansException(string message, Exception? innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>A call that the engine refused before the grain saw it.</summary>
    public class OrleansMessageRejectionException : OrleansException
    {
        internal OrleansMessageRejectionException(string message, Exception? innerException = null)
            : base(message, innerException)
        {
        }
    }

    /// <summary>A call to an engine that is stopping or stopped.</summary>
    public sealed class SiloUnavailableException : OrleansMessageRejectionException
    {
        public SiloUnavailableException()
            : base("The grain engine is stopping.")
        {
        }

        public SiloUnavailableException(string message)
            : base(message)
        {
        }

        public SiloUnavailableException(string message, Exception innerException)
            : base(message, innerException)
        {
        }
    }

    /// <summary>A call to an observer that was withdrawn or collected.</summary>
    public sealed class ClientNotAvailableException : OrleansException
    {
        internal ClientNotAvailableException(string message)
            : base(message)
        {
        }
    }
}

namespace Orleans.Storage
{
    /// <summary>A write met a stored etag other than the one the grain had read. It ends the activation if it leaves the call.</summary>
    public class InconsistentStateException : OrleansException
    {
        public InconsistentStateException()
        {
        }

        public InconsistentStateException(string message)
            : base(message)
        {
        }

        public InconsistentStateException(string message, Exception? innerException)
            : base(message, innerException)
        {
        }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag)
            : this(errorMsg, storedEtag, currentEtag, storageException: null)
        {
        }

        public InconsistentStateException(string errorMsg, string? storedEtag, string? currentEtag, Exception? storageException)
            : base(errorMsg, storageException)
        {
            StoredEtag = storedEtag;
            CurrentEtag = currentEtag;
        }

        /// <summary>The etag in the store.</summary>
        public string? StoredEtag { get; }

        /// <summary>The etag the grain had.</summary>
        public string? CurrentEtag { get; }

        /// <summary>True until the activation whose write failed was ended; callers that see the exception after that stay active.</summary>
        internal bool IsSourceActivation { get; set; } = true;
    }
}
