// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {KEEPERS, MEMBERS} from "../Actors.sol";
import {Meters} from "../handler/Meters.sol";
import {Vaults} from "../handler/Vaults.sol";

/// @title What holds of money: nothing is missing, nothing is left over
abstract contract MoneyChecks is Meters, Vaults {
    /// @dev Each contract holds what it owes, exactly; of the vault's, rounding can leave less than a unit a member.
    function _checkBalances() internal view {
        for (uint256 asset = 0; asset < ASSETS; ++asset) {
            uint256 fees = asset == 0 ? _fees : 0;
            _equal(_balance(asset, address(DESK)), _escrowed[asset] + fees, "the desk's balance");
            _equal(_balance(asset, address(DISPUTES)), _bonds[asset], "bonds of disputes");
            _equal(_balance(asset, address(METER)), _meters[asset], "the meter's balance");
            _equal(_balance(asset, address(OFFERS)), 0, "the offer desk's balance");
            _equal(VAULT.reserveOf(_asset(asset)), _reserve[asset], "the vault's reserve");
            uint256 owed = _unclaimed[asset] + _parked(asset) + _reserve[asset] + _keepersCut[asset];
            _equal(_balance(asset, address(VAULT)), owed, "the vault's balance");
        }
    }

    /// @dev Claimed and due together are all that was received, but for less than one unit a member.
    function _checkEdition(uint40 edition, uint256 asset) internal view {
        uint256 received = _received[edition][asset];
        _equal(VAULT.receivedOf(edition, _asset(asset)), received, "received for an edition");
        uint256 claimed;
        uint256 due;
        for (uint256 i = 0; i < MEMBERS; ++i) {
            claimed += VAULT.claimedOf(edition, _asset(asset), _members[i]);
            due += VAULT.dueOf(edition, _asset(asset), _members[i]);
        }
        _equal(claimed, _claimed[edition][asset], "claimed of an edition");
        _atMost(claimed + due, received, "claimed and due");
        if (received != 0) _atMost(received - claimed - due, MEMBERS - 1, "dust of an edition");
    }

    /// @dev Keepers of all epochs are owed no more than their cut, and all of it but for less than one unit each.
    function _checkKeepersCut(uint256 asset) internal view {
        uint256 due;
        for (uint32 epoch = 1; epoch <= _epoch; ++epoch) {
            for (uint8 i = 1; i <= KEEPERS; ++i) {
                due += VAULT.keeperDue(epoch, i, _asset(asset));
            }
        }
        _atMost(due, _keepersCut[asset], "due to keepers");
        _atMost(_keepersCut[asset] - due, _epoch * (KEEPERS - 1), "dust of the keepers");
    }

    /// @dev What the accounts say is what the meter holds.
    function _checkAccounts() internal view {
        uint256[ASSETS] memory sums;
        for (uint64 id = 1; id <= _dealCount(); ++id) {
            if (_isMetered(id)) sums[_deals[id].asset] += METER.accountOf(id).balance;
        }
        for (uint256 asset = 0; asset < ASSETS; ++asset) {
            _equal(sums[asset], _meters[asset], "accounts of the meter");
        }
    }
}
