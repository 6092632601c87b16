"""Every error that the toolkit raises on purpose, as one tree.

DaoError
├── InputError              what the caller gave cannot be used
│   ├── EmptyContent · ContentTooLarge · UnreadablePath · UploadIncomplete · KeyReused
│   ├── InvalidAddress · WrongPassword · InvalidArchive · PurposesOutsideCollection
│   └── PriceBelowMinimum · InvalidSignature · AppraisalExpired · RecordMismatch
├── IntegrityError          bytes or claims that do not match their commitment
│   ├── EnvelopeError       (TruncatedEnvelope, CommitmentMismatch, ChunkCorrupt, InvalidMessage)
│   ├── ShareError          (ShareMismatch, BindingMismatch, NotEnoughShares, InvalidShareIndex,
│   │                        InconsistentDealing) · CidMismatch · LowOrderKey · SealBroken
│   └── HistoryMismatch · ManifestMismatch · DeploymentMismatch · FactsMismatch · NodesDisagree
├── NotFound                nothing is known under that id
├── Refused                 the rules say no; carries the reason that the chain or the service gave
│   └── ContractRefused (a contract's decoded error) · NotReleased (a keeper's reason)
├── ResourceError           something outside is missing, full, slow or lying
│   ├── ChainUnavailable · WrongNetwork · InsufficientFunds · TransactionLost
│   └── StorageUnavailable · StorageFull · DatabaseUnavailable · ServiceUnavailable
└── SetupError              a part of the installation is missing

Each class states in `advice` what its reader can do next; code raises the most precise one.
"""

from __future__ import annotations

from typing import ClassVar


class DaoError(Exception):
    """Base of the tree; `advice` tells the user what to try."""

    advice: ClassVar[str] = "Run the command again with --verbose and report what it prints."


class InputError(DaoError):
    """What the caller gave cannot be used as it is."""

    advice = "Correct the named value and try again; nothing was changed."


class EmptyContent(InputError):
    """There is nothing in the file or folder."""

    advice = "Choose a file or folder that holds something."


class ContentTooLarge(InputError):
    """The content is above the stated limit."""

    advice = "Split the content into parts below the limit and contribute each of them."


class UploadIncomplete(InputError):
    """An upload ended early, or stood still for too long."""


class KeyReused(InputError):
    """An idempotency key came again with another request, or while the first one still runs."""


class UnreadablePath(InputError):
    """A path does not exist, cannot be read, or is a link that leads in a circle."""

    advice = "Check the path and its permissions; links are followed only inside the folder."


class InvalidAddress(InputError):
    """Not an account address."""

    advice = "Give 20 bytes as 0x and 40 hexadecimal digits, with a valid EIP-55 checksum."


class WrongPassword(InputError):
    """The keystore did not open with that password."""

    advice = "Try the password again; the keystore was not changed."


class InvalidArchive(InputError):
    """The bytes are no archive of this format."""


class PurposesOutsideCollection(InputError):
    """A purpose is not among those the collection's contributors consented to."""

    advice = "Ask only for purposes that the collection lists; see `ddao browse`."


class PriceBelowMinimum(InputError):
    """The offered price is below the DAO's minimum."""

    advice = "Offer at least the minimum price shown by `ddao browse`."


class InvalidSignature(InputError):
    """A signature is malformed, by another account, or for another chain or contract."""

    advice = "Sign again with the account named in the message, on the network of this DAO."


class AppraisalExpired(InputError):
    """The appraisal's deadline has passed."""

    advice = "Ask for a new appraisal and register at once."


class RecordMismatch(InputError):
    """A record differs from what was sealed, signed or stored before."""

    advice = "Start the contribution again, so that record, envelope and shares belong together."


class IntegrityError(DaoError):
    """Bytes or claims do not match what commits to them."""

    advice = "Fetch the bytes again from another source; do not use what was received."


class EnvelopeError(IntegrityError):
    """An envelope does not open."""


class TruncatedEnvelope(EnvelopeError):
    """The envelope ends too early or goes on too long."""


class CommitmentMismatch(EnvelopeError):
    """Key, salt or context is not the one this envelope was made with."""


class ChunkCorrupt(EnvelopeError):
    """A chunk was changed, moved or repeated."""


class InvalidMessage(EnvelopeError):
    """What was decrypted is not framed as version 1 says."""


class ShareError(IntegrityError):
    """Key shares do not fit."""


class ShareMismatch(ShareError):
    """A share is not the one its commitment names; `index` is the keeper who gave it."""

    advice = "Leave the named keeper's shares out and use another keeper's."

    def __init__(self, message: str, index: int) -> None:
        super().__init__(message)
        self.index = index


class BindingMismatch(ShareError):
    """A sealed share belongs to another record, committee or index."""


class NotEnoughShares(ShareError):
    """Fewer shares than the threshold."""

    advice = "Fetch the bundles of more keepers, or wait until they answer."


class InvalidShareIndex(ShareError):
    """Shares need distinct indexes from 1 to the number of keepers."""


class InconsistentDealing(ShareError):
    """The contributor dealt shares that do not all rebuild the key named in the record."""

    advice = "No keeper is at fault; the contribution must be dealt again by its contributor."


class CidMismatch(IntegrityError):
    """Stored bytes do not have the CID they were asked by."""


class LowOrderKey(IntegrityError):
    """An X25519 public key would give everybody the same secret."""

    advice = "Make a new release key with `ddao wallet` and use that."


class SealBroken(IntegrityError):
    """A sealed box does not open with this key."""


class HistoryMismatch(IntegrityError):
    """The folded log does not give the history head that the chain states."""

    advice = "The node omitted or changed an event: use another RPC endpoint."


class NodesDisagree(IntegrityError):
    """Nodes contradict one another about a final block, or one of them its header or a proof."""

    advice = "Find out which node lies, and take it out of the keeper's list."


class ManifestMismatch(IntegrityError):
    """A manifest does not have the root that was attested."""


class FactsMismatch(IntegrityError):
    """What a service states of its DAO is not what the chain says."""


class DeploymentMismatch(IntegrityError):
    """The contracts on chain are not the ones that were planned."""

    advice = "Deploy again, from an account that sends nothing else meanwhile."


class NotFound(DaoError):
    """Nothing is known under that id."""

    advice = "Check the id; something new may need a moment to be indexed."


class Refused(DaoError):
    """The rules say no; the message is the reason."""

    advice = "Read the reason; `ddao status` shows what can be done now."


class ContractRefused(Refused):
    """A contract reverted with its error `name`; `arguments` are its decoded values by name."""

    def __init__(self, name: str, arguments: dict[str, object], explanation: str) -> None:
        super().__init__(explanation)
        self.name = name
        self.arguments = arguments


class NotReleased(Refused):
    """A keeper will not hand a bundle over; `reason` is its stable name in `core.access`."""

    advice = "Wait until the named condition holds; `ddao status` shows the clock."

    def __init__(self, message: str, reason: str | None = None) -> None:
        super().__init__(message)
        self.reason = reason


class ResourceError(DaoError):
    """Something outside is missing, full, slow or lying."""

    advice = "Check the named service and try again; finished steps are kept."


class ChainUnavailable(ResourceError):
    """The chain node does not answer."""

    advice = "Start the node (`ddao up` starts a local one) or give another RPC endpoint."


class WrongNetwork(ResourceError):
    """The node serves another chain than the one this DAO lives on."""

    advice = "Point the RPC endpoint at the network named in the deployment file."


class InsufficientFunds(ResourceError):
    """The account cannot pay for the transaction."""

    advice = "Send coin or tokens to the named account and try again."


class TransactionLost(ResourceError):
    """A transaction was sent but not mined in time."""

    advice = "Check the transaction by its hash before sending it again."


class StorageUnavailable(ResourceError):
    """The blob store does not answer or does not hold the blob."""


class StorageFull(ResourceError):
    """No space left for the blob."""

    advice = "Free some space and try again; the unfinished upload was removed."


class DatabaseUnavailable(ResourceError):
    """The database is locked, read-only, or damaged."""

    advice = "Stop other processes that use the file, and check its permissions."


class ServiceUnavailable(ResourceError):
    """The service does not answer, or not as this client understands it."""

    advice = "Check that the service runs (`ddao up` starts a local one) and the URL given."


class SetupError(DaoError):
    """A part of the installation is missing."""

    advice = "Run `make setup`."
